READS = ["accuracy", "correlation", "dose"]
