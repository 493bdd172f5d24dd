"""What the sales API takes and gives, a module for each noun. Amounts are integers in the currency's minor unit."""
