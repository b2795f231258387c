"""Who sits at a desk, and when the desk is open. Stands below the chat's door and the counsellors' pages, which both ask it."""
