"""Show an age with a wallet: the EU's age proof app, or any wallet with an SD-JWT credential, by OpenID4VP or through the browser."""
