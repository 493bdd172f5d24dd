OWNER = "yao"
