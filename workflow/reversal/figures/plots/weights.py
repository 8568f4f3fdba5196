READS = ["dynamics"]
