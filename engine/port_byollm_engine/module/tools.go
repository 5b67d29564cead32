//go:build tools

// Package engine exists only so that go.mod and go.sum pin the modules of the Pulumi CLI.
package engine

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
