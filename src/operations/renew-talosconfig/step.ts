/**
 * The steps of `renewTalosconfig`: the file is read, a control plane issues a certificate, a call is
 * made with it, and it is saved.
 */
export type RenewTalosconfigStep =
  | 'read the talosconfig'
  | 'issue a certificate'
  | 'try the certificate'
  | 'save the talosconfig';
