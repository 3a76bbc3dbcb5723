/** virTypedParameter lists: how libvirt sends statistics. */
import { HypervisorError } from '../errors.ts';
import type { XdrReader } from './xdr.ts';

export type TypedParams = Map<string, number | string>;

/** Field names are at most 80 bytes (VIR_TYPED_PARAM_FIELD_LENGTH). */
const fieldMax = 80;

/** Counters beyond 2^53 lose their last digits: as nanoseconds that is 104 days of CPU, and a chart does not show it. */
export function readTypedParams(reader: XdrReader, max: number): TypedParams {
  return new Map(reader.array(max, () => [reader.string(fieldMax), readValue(reader)] as const));
}

/** virTypedParameterType, 1 to 7. */
function readValue(reader: XdrReader): number | string {
  const type = reader.uint();
  switch (type) {
    case 1:
    case 6:
      return reader.int();
    case 2:
      return reader.uint();
    case 3:
      return Number(reader.hyper());
    case 4:
      return Number(reader.uhyper());
    case 5:
      return reader.double();
    case 7:
      return reader.string();
    default:
      throw new HypervisorError('hypervisor.protocol', { reason: `typed parameter of type ${type}` });
  }
}
