module lying-gateway

go 1.26.0
