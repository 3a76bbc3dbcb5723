/** What pages and API do alike, beyond a single command. */
export { needAmount, readAmount } from './amount.ts';
export { csvLine, parseCsv } from './csv.ts';
export { beginEdit, type EditRequest, type PublishRequest, publishVm } from './edit-image.ts';
export { type ImportedLine, importPeople } from './import-people.ts';
export { type AddedUser, addUser, type NewUser, resetPassword } from './people.ts';
export { type ReservationDraft, type ReserveRequest, reservationDraft, reserve } from './reserve.ts';
export { forecastVm, type StartRequest, smallestSize, startVm, usualHours } from './start-vm.ts';
export { createToken, tokensOf } from './tokens.ts';
