module cel-policy

go 1.26

require github.com/google/cel-go v0.26.1
