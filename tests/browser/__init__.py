"""Tests in a real browser: what people see, reach by keyboard and take away."""
