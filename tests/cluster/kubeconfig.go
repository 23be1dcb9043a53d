package main

import (
	"os"

	"k8s.io/client-go/tools/clientcmd"
	api "k8s.io/client-go/tools/clientcmd/api"
)

// contextName is the name of the one context in every kubeconfig that we write.
const contextName = "testcluster"

// writeKubeconfig writes a kubeconfig that needs no other file, so that tests may copy it.
func writeKubeconfig(path, server string, ca []byte, user *api.AuthInfo) error {
	config := api.NewConfig()
	config.Clusters[contextName] = &api.Cluster{Server: server, CertificateAuthorityData: ca}
	config.AuthInfos[contextName] = user
	config.Contexts[contextName] = &api.Context{Cluster: contextName, AuthInfo: contextName, Namespace: "default"}
	config.CurrentContext = contextName
	return clientcmd.WriteToFile(*config, path)
}

// certificateUser reads what authority.client wrote.
func certificateUser(pki *authority, file string) (*api.AuthInfo, error) {
	certificate, err := os.ReadFile(pki.path(file + ".crt"))
	if err != nil {
		return nil, err
	}
	key, err := os.ReadFile(pki.path(file + ".key"))
	if err != nil {
		return nil, err
	}
	return &api.AuthInfo{ClientCertificateData: certificate, ClientKeyData: key}, nil
}
