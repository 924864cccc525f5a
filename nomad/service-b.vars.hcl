service = "service-b"
peer    = "service-a"
# Who shows no certificate is turned away in the handshake.
client_cert = "required"
