"""Ask another service by OpenID Connect: an identity service, or the company of the telephone line in CAMARA's shape."""
