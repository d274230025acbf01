"""Tables as files for mining: Parquet, written column by column."""
