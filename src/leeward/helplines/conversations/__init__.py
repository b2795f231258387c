"""What a child and a counsellor say to each other, sealed; who may say and read what stands here once for chat and mailbox."""
