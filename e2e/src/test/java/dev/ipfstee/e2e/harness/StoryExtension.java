package dev.ipfstee.e2e.harness;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/** Installs the product once, gives every story its namespace, and explains failures. */
final class StoryExtension
    implements BeforeAllCallback,
        AfterAllCallback,
        ParameterResolver,
        TestExecutionExceptionHandler {
  private static final ExtensionContext.Namespace STORE =
      ExtensionContext.Namespace.create(StoryExtension.class);

  /** The client and the installation: once for all stories, closed at the end of the run. */
  private record Installation(KubernetesClient client) implements AutoCloseable {
    static Installation make() {
      if (System.getenv("KUBECONFIG") == null) {
        throw new AssertionError("KUBECONFIG is not set: run the stories by `make e2e`");
      }
      Product.install();
      return new Installation(new KubernetesClientBuilder().build());
    }

    @Override
    public void close() {
      client.close();
    }
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    KubernetesClient client =
        context
            .getRoot()
            .getStore(STORE)
            .computeIfAbsent(Installation.class, type -> Installation.make(), Installation.class)
            .client();
    context.getStore(STORE).put(Cluster.class, Cluster.emptyNamespace(client, namespace(context)));
  }

  @Override
  public void afterAll(ExtensionContext context) {
    Cluster cluster = context.getStore(STORE).get(Cluster.class, Cluster.class);
    if (cluster != null) {
      cluster.client().namespaces().withName(cluster.namespace()).delete();
    }
  }

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    System.err.println("--- " + context.getDisplayName() + " failed; the state of the cluster:");
    try {
      System.err.println(Script.run("diagnose", namespace(context)));
    } catch (AssertionError e) {
      failure.addSuppressed(e);
    }
    throw failure;
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Cluster.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context.getStore(STORE).get(Cluster.class, Cluster.class);
  }

  private static String namespace(ExtensionContext context) {
    return context.getRequiredTestClass().getAnnotation(Story.class).namespace();
  }
}
