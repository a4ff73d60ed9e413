"""What a feature cost and earned over time: arithmetic on days and amounts, without a database."""
