"""One question before an upload is stored: is this known to harm?"""
