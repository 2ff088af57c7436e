"""The contract, ``haechi.v1``: the .proto files and what protoc makes of them."""
