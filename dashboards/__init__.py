"""What analysts look at: the live page, their SQL, Grafana's JSON."""
