/**
 * What the published Go code has otherwise than the contract, and why. The modules are of other
 * releases than the contract; a line that is in neither of them any more fails the test.
 */
export const explained: ReadonlyMap<string, string> = new Map([
  [
    '! google.api.expr.v1alpha1.Decl.FunctionDecl.doc = doc 2 optional doc string is missing',
    'added to the Google module after the version whose file Talos carries',
  ],
  [
    '! google.api.expr.v1alpha1.Expr.Comprehension.iter_var2 = iter_var2 8 optional iterVar2 string is missing',
    'added to the Google module after the version whose file Talos carries',
  ],
]);

/** The same for modules that are older than the contract; newer ones have none of these lines. */
export const explainedForOlder: ReadonlyMap<string, string> = new Map([
  [
    '! talos.resource.definitions.k8s.KubeletConfigSpec.allow_scheduling_on_control_plane = ' +
      'allow_scheduling_on_control_plane 14 optional allowSchedulingOnControlPlane bool is missing',
    'removed from Talos between the published module and the contract',
  ],
]);
