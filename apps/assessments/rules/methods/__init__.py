"""The scoring methods of DOMAIN.md section 1, one family to a file. Each is a frozen object made of its parameters."""
