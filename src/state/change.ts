import type {
  AuditEntry,
  Cloud,
  Course,
  Enrolment,
  Image,
  ImageVersion,
  Node,
  Notification,
  Operation,
  Reservation,
  Session,
  Setting,
  Size,
  Token,
  Usage,
  User,
  Vm,
} from './entities/index.ts';

/** Every kind of entity with its type. */
export interface Entities {
  cloud: Cloud;
  setting: Setting;
  node: Node;
  token: Token;
  user: User;
  session: Session;
  course: Course;
  enrolment: Enrolment;
  size: Size;
  image: Image;
  version: ImageVersion;
  vm: Vm;
  reservation: Reservation;
  usage: Usage;
  operation: Operation;
  notification: Notification;
  audit: AuditEntry;
}

export type Kind = keyof Entities;

/** One entity's passage from before to after; null where it did not exist or is gone. */
export type Change = {
  [K in Kind]: { kind: K; id: string; before: Entities[K] | null; after: Entities[K] | null };
}[Kind];
