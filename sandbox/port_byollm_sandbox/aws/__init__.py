"""AWS for the sandbox: moto's server, made as strict as AWS, with what it lacks of Bedrock."""
