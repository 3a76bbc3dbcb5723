export type Role = 'student' | 'teacher' | 'admin';
export type Language = 'en' | 'es';

/** A person with an account. */
export interface User {
  readonly id: string;
  /** Sign-in name, lower case, unique. */
  readonly name: string;
  readonly fullName: string;
  readonly role: Role;
  /** argon2id hash in PHC format; never leaves the node. */
  readonly passwordHash: string;
  /** The next sign-in asks for a new password. */
  readonly mustChangePassword: boolean;
  /** Null: the browser's language decides. */
  readonly language: Language | null;
  readonly createdAt: number;
  /** Limits of this person's own (S14); null: those of the role. */
  readonly quota: Quota | null;
  /** How often the person declined to share a PC (N11). */
  readonly declined: number;
}

/** Most that a person may have (S14); null: what the setting for the role says. */
export interface Quota {
  /** VMs that exist. */
  readonly vms: number | null;
  /** VMs that are wanted running, those that wait among them. */
  readonly running: number | null;
  /** Virtual processors of VMs that are wanted running. */
  readonly vcpus: number | null;
  readonly ramMiB: number | null;
  /** Disk of all VMs. */
  readonly diskGiB: number | null;
}

/** What a person is before anybody changed it, and what people were that an earlier version wrote. */
export const newUser: Pick<User, 'quota' | 'declined'> = { quota: null, declined: 0 };

/** A signed-in browser, or an API token: both are a secret of which only the hash is kept. */
export interface Session {
  readonly id: string;
  readonly kind: 'web' | 'api';
  readonly userId: string;
  /** SHA-256 of the secret, hex. The secret has 256 random bits, so a plain hash is enough. */
  readonly secretHash: string;
  /** What the person called an API token; empty for a browser. */
  readonly label: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** A course: who learns with which images. */
export interface Course {
  readonly id: string;
  readonly name: string;
  /** How many students it takes. */
  readonly places: number;
  readonly teacherIds: readonly string[];
  readonly imageIds: readonly string[];
  readonly createdAt: number;
  /** VMs of the course that may be wanted running at once, those that wait among them (S14); null: no limit. */
  readonly maxVms: number | null;
}

/** What a course is before anybody changed it, and what courses were that an earlier version wrote. */
export const newCourse: Pick<Course, 'maxVms'> = { maxVms: null };

/** One student in one course. Its id is `courseId:userId`. */
export interface Enrolment {
  readonly id: string;
  readonly courseId: string;
  readonly userId: string;
  readonly enrolledAt: number;
}

/** The id under which an enrolment is kept: a student is in a course once. */
export function enrolmentId(courseId: string, userId: string): string {
  return `${courseId}:${userId}`;
}
