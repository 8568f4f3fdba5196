READS = ["correlation"]
