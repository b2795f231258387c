"""What filtering remembers. The compiled table in the data folder follows the signs; families come with their own issue."""
