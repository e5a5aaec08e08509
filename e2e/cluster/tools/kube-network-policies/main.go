// Command kube-network-policies enforces NetworkPolicies on one node of the
// local cluster: SIG Network's controller of that name, for a process of the
// node instead of a pod, so with a kubeconfig instead of a service account.
//
// It gives a verdict on the first packet of each connection, which the kernel
// hands over in an nfqueue. The controller asks for these packets by nftables'
// statement "queue", which not every kernel has (CONFIG_NFT_QUEUE); network.sh
// asks for them by iptables, so what the controller logs about that is of no
// consequence.
package main

import (
	"context"
	"flag"
	"os/signal"
	"syscall"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "kubeconfig of a user who may list and watch pods, namespaces and networkpolicies")
	node := flag.String("node", "", "name of this node")
	queue := flag.Int("queue", 0, "number of the nfqueue, not 0")
	klog.InitFlags(nil)
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := enforce(ctx, *kubeconfig, *node, *queue); err != nil {
		klog.ErrorS(err, "Not enforced")
		klog.FlushAndExit(klog.ExitFlushTimeout, 1)
	}
}

func enforce(ctx context.Context, kubeconfig, node string, queue int) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	controller, err := networkpolicy.NewController(client,
		factory.Networking().V1().NetworkPolicies(),
		factory.Core().V1().Namespaces(),
		factory.Core().V1().Pods(),
		nil, nil, nil, nil,
		networkpolicy.Config{NodeName: node, QueueID: queue})
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	return controller.Run(ctx)
}
