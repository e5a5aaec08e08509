module private-gateway

go 1.26.0
