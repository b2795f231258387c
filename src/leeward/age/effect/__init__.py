"""How often each way to show an age is wrong: counted from what surer ways say later, with intervals, and without anybody in it."""
