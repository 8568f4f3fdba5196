"""One statistic a file: which tables it reads (`READS`), and the table that it makes of them."""
