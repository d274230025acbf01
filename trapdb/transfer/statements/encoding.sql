set local client_encoding to 'UTF8'
