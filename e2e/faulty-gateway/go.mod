module faulty-gateway

go 1.26.0
