//go:build tools

// Package engine only pins, in go.mod and go.sum, the modules that the Pulumi CLI is built from.
package engine

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
