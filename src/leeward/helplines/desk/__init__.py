"""The counsellors' desk: queue, talk, notes, hand-over, risk, escalation. Hours and seats stand in `helplines.shifts`, below the chat."""
