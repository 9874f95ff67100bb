"""What people look at: the same figures as the API's, as pages made on the server."""
