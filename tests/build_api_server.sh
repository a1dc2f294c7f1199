#!/bin/sh
# Builds kube-apiserver and etcd from their Go modules, for tests/test_cluster_real.py. Half an hour on two cores.
# Usage: tests/build_api_server.sh FOLDER    then: PATH=FOLDER:$PATH pytest tests/test_cluster_real.py
set -eu

kubernetes=1.33.1
etcd=3.5.21
mkdir -p "$1/source/api" "$1/source/etcd"
folder=$(cd "$1" && pwd)

cd "$folder/source/etcd"
cat >main.go <<'GO'
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
GO
printf 'module local/etcd\n\ngo 1.24.0\n' >go.mod
go get "go.etcd.io/etcd/server/v3@v$etcd"
go mod tidy
go build -o "$folder/etcd" .

# The module of Kubernetes replaces its staging modules by folders; a main module of one's own replaces them by what was published.
cd "$folder/source/api"
cat >main.go <<'GO'
package main

import (
	"os"

	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() { os.Exit(cli.Run(app.NewAPIServerCommand())) }
GO
printf 'module local/apiserver\n\ngo 1.24.0\n\nrequire k8s.io/kubernetes v%s\n' "$kubernetes" >go.mod
modules=$(go mod download -json "k8s.io/kubernetes@v$kubernetes" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
for module in $(sed -n 's#.*\(k8s.io/[a-z-]*\) => ./staging.*#\1#p' "$modules"); do
    printf 'replace %s => %s v0.%s\n' "$module" "$module" "${kubernetes#1.}" >>go.mod
done
go mod tidy
go build -o "$folder/kube-apiserver" .
