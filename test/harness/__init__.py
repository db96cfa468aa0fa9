"""What the Python tests share: processes, the demo, tipwatchd, clients, waiting, reports."""
