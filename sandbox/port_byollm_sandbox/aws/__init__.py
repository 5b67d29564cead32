"""AWS for the sandbox: moto's server, made as strict as AWS, with the parts of Bedrock that moto lacks."""
