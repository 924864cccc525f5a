service = "service-a"
peer    = "service-b"
# Without a client certificate its pages can be read in a browser; one that does not hold is refused all the same.
client_cert = "optional"
