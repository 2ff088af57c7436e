"""What is done with results of benchmarks: read, shown, drawn, compared, published."""
