import { jsonReply, type KubernetesReply } from './request.js';

/** Why an object is refused, and how often it makes sense to try again. */
export interface ProblemDetails {
  readonly name?: string | undefined;
  readonly group?: string | undefined;
  readonly kind?: string | undefined;
  readonly causes?: readonly {
    readonly reason?: string;
    readonly message?: string;
    readonly field?: string;
  }[];
  readonly retryAfterSeconds?: number | undefined;
}

/** A request that the API refuses, as its Status says it. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly code: number;
  readonly reason: string;
  readonly details: ProblemDetails | undefined;

  constructor(code: number, reason: string, message: string, details?: ProblemDetails) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  /** The answer. Clients wait by the header, if there is one. */
  reply(): KubernetesReply {
    const wait = this.details?.retryAfterSeconds ?? 0;
    return jsonReply(this.code, this.status(), wait > 0 ? { 'retry-after': String(wait) } : {});
  }

  /** The object of kind Status. */
  status(): object {
    const { code, reason, message, details } = this;
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason === '' ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

/** What a resource is called in messages and details. */
export interface Named {
  readonly plural: string;
  readonly group: string;
}

/** `pods`, or `daemonsets.apps`. */
export function qualified({ plural, group }: Named): string {
  return group === '' ? plural : `${plural}.${group}`;
}

export function notFound(resource: Named, name: string): ApiProblem {
  return new ApiProblem(404, 'NotFound', `${qualified(resource)} "${name}" not found`, {
    name,
    ...(resource.group === '' ? {} : { group: resource.group }),
    kind: resource.plural,
  });
}

/** What is not simulated, and what there is not. */
export function noSuchResource(): ApiProblem {
  return new ApiProblem(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function badRequest(message: string): ApiProblem {
  return new ApiProblem(400, 'BadRequest', message);
}

export function conflict(resource: Named, name: string, why: string): ApiProblem {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`;
  return new ApiProblem(409, 'Conflict', message, { name, kind: resource.plural });
}

export function methodNotAllowed(): ApiProblem {
  const message = 'the server does not allow this method on the requested resource';
  return new ApiProblem(405, 'MethodNotAllowed', message, {});
}

export function unsupportedMediaType(accepted: readonly string[]): ApiProblem {
  return new ApiProblem(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );
}
