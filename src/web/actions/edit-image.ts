/** Changing an image and publishing a VM from what people choose: names for ids, and what they leave open. */
import type { Accepted, NodeServices, SubmitOptions } from '../../node/interface.ts';
import {
  type Actor,
  type Author,
  type Image,
  LabmeshError,
  type OsFamily,
  type Vm,
} from '../../state/index.ts';
import { resolveImage, resolveNode, resolveSize } from '../resolve.ts';
import { needAmount } from './amount.ts';
import { smallestSize, usualHours } from './start-vm.ts';

export interface EditRequest {
  /** Left out: the smallest size that the image's disk fits into. */
  readonly size?: string | undefined;
  /** Whole hours of the VM's first lease; left out: two, or what the settings allow. */
  readonly hours?: number | string | undefined;
  /** Of the VM; left out: the image's, and the word `edit`. */
  readonly name?: string | undefined;
  readonly sshKeys?: readonly string[] | undefined;
  /** The only PC it may run on (admins). */
  readonly on?: string | undefined;
  /** True: it may be suspended for a better claim. */
  readonly preemptible?: boolean | undefined;
}

/** Opens an image for change. The answer's target is the VM. @throws LabmeshError with the refusal's code */
export async function beginEdit(
  node: NodeServices,
  author: Author,
  image: Image,
  request: EditRequest,
  options: SubmitOptions = {},
): Promise<Accepted> {
  const { state } = node;
  const size = request.size === undefined ? smallestSize(node, image) : resolveSize(state, request.size);
  const payload = {
    id: image.id,
    vmId: node.newId(),
    ...(request.name === undefined ? {} : { name: request.name }),
    ...(request.preemptible === undefined ? {} : { preemptible: request.preemptible }),
    sizeId: size.id,
    hours: request.hours === undefined ? usualHours(node) : needAmount('hours', request.hours),
    sshKeys: [...(request.sshKeys ?? [])],
    pinnedNodeId: request.on === undefined ? null : resolveNode(state, request.on).id,
  };
  return node.submit('image.begin_edit', payload, author, options);
}

export interface PublishRequest {
  /** An image (name, id or beginning of an id): its next version. A name that no image has: a new image. */
  readonly as: string;
  /** Of a new image; left out: that of the VM's image. */
  readonly os?: OsFamily | undefined;
  /** A new image: every teacher may use it. */
  readonly shared?: boolean | undefined;
  /** Pull the plug of a VM that runs instead of asking its guest to shut down. */
  readonly force?: boolean | undefined;
}

/** Begins to make a version of a VM's disk. The answer's target is the image. @throws LabmeshError with the refusal's code */
export async function publishVm(
  node: NodeServices,
  actor: Actor,
  author: Author,
  vm: Vm,
  request: PublishRequest,
  options: SubmitOptions = {},
): Promise<Accepted> {
  const image = imageNamed(node, actor, request.as);
  const { os, shared } = request;
  const fresh = {
    newId: node.newId(),
    name: request.as,
    ...(os === undefined ? {} : { os }),
    ...(shared === undefined ? {} : { shared }),
  };
  const payload = {
    vmId: vm.id,
    versionId: node.newId(),
    force: request.force ?? false,
    as: image === null ? fresh : { id: image.id },
  };
  return node.submit('image.begin_publish', payload, author, options);
}

function imageNamed({ state }: NodeServices, actor: Actor, name: string): Image | null {
  try {
    return resolveImage(state, actor, name);
  } catch (error) {
    if (error instanceof LabmeshError && error.code === 'not_found') return null;
    throw error;
  }
}
