/** Rechazos y causas de `state/`: lo que no es de un solo asunto, y los asuntos reunidos. */
import type { stateErrors as en } from '../en/state.ts';
import { fieldProblem } from '../field-problem.ts';
import { word } from '../word.ts';
import { number } from './figures.ts';
import { imageRefusals } from './state-images.ts';
import { nodeRefusals } from './state-nodes.ts';
import { peopleRefusals } from './state-people.ts';
import { reservationRefusals } from './state-reservations.ts';
import { roomRefusals } from './state-room.ts';
import { vmRefusals } from './state-vms.ts';
import { kinds, needs, operations, states } from './words.ts';

function fieldHint(problem: string): string {
  const found = fieldProblem(problem);
  switch (found.kind) {
    case 'missing':
      return 'Falta: rellénelo.';
    case 'unknown':
      return 'Aquí no se espera nada con ese nombre: quítelo.';
    case 'id':
      return 'Un identificador tiene 26 letras y cifras; cópielo de una lista.';
    case 'type':
      return `Dé un valor del tipo «${found.expected}».`;
    case 'choice':
      return `Elija entre: ${found.choices.join(', ')}.`;
    case 'malformed':
      return 'Tiene caracteres o una forma que ahí no se admiten.';
    default: {
      const bound = number(found.bound);
      const end = found.kind === 'most' ? 'como máximo' : 'como mínimo';
      if (found.of === 'number') return `Dé ${bound} ${end}.`;
      return `Dé ${bound} ${found.of === 'text' ? 'caracteres' : 'elementos'} ${end}.`;
    }
  }
}

export const stateErrors: typeof en = {
  'access.denied': ({ need }) => ({
    message: `Esto solo puede hacerlo ${word(needs, need)}.`,
    hint: 'Pídaselo a quien pueda hacerlo o entre con otra cuenta.',
  }),
  'access.signed_out': () => ({
    message: 'Su sesión ya no está abierta: ha terminado, o ya no existe la cuenta.',
    hint: 'Vuelva a entrar.',
  }),
  'payload.invalid': ({ field, problem }) => ({
    message: field
      ? `El valor de «${field}» no se puede aceptar.`
      : 'La petición no se puede aceptar tal como está.',
    hint: fieldHint(problem),
  }),
  not_found: ({ kind, id }) => ({
    message: `No existe ${word(kinds, kind)} «${id}», o no tiene permiso para verlo.`,
    hint: 'Compruebe el nombre o el identificador en la lista; quizá se haya borrado entretanto.',
  }),
  'name.taken': ({ kind, name }) => ({
    message: `El nombre «${name}» ya está cogido: lo tiene ${word(kinds, kind)} que ya existe.`,
    hint: 'Elija otro nombre o cambie antes el del otro.',
  }),
  'setting.unknown': ({ key }) => ({
    message: `No existe el ajuste «${key}».`,
    hint: 'La página Ajustes y «labmesh setting ls» los muestran todos.',
  }),
  'setting.invalid': ({ key, value, expected }) => ({
    message: `El ajuste «${key}» no puede valer ${JSON.stringify(value) ?? 'nada'}.`,
    hint: `Admite: ${expected}.`,
  }),
  'operation.superseded': ({ by }) => ({
    message: `Un deseo más reciente ocupó su lugar: ${word(operations, by).toLowerCase()}.`,
    hint: 'No queda nada por hacer; siga la operación más reciente.',
  }),
  'operation.not_running': ({ state }) => ({
    message: `La operación no está en curso: está ${word(states, state)}.`,
    hint: 'No queda nada por hacer.',
  }),
  ...nodeRefusals,
  ...peopleRefusals,
  ...imageRefusals,
  ...vmRefusals,
  ...roomRefusals,
  ...reservationRefusals,
};
