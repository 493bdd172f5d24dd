"""What somebody should look at now: rules as data, looked at each minute; told once when one opens and when it ends."""
