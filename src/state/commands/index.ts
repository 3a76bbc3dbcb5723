/** Every command the log may hold, by its type. */
import type * as z from 'zod';
import { cloudCreate, settingSet } from './cloud.ts';
import {
  cloudAuthority,
  cloudPoweredOff,
  cloudRecovered,
  cloudShutdown,
  cloudStartup,
} from './cloud-life.ts';
import {
  courseAdd,
  courseEnrol,
  courseLink,
  courseRemove,
  courseUnenrol,
  courseUnlink,
  courseUpdate,
} from './course.ts';
import {
  imageBeginImport,
  imageCancelImport,
  imageDropped,
  imageFailImport,
  imageFinishImport,
  imageRemove,
  imageUpdate,
  imageVersionHeld,
  imageWant,
} from './image.ts';
import { imageDamaged, imageRepaired } from './image-damage.ts';
import {
  imageAbandonEdit,
  imageBeginEdit,
  imageRenewEdit,
  imageTakeEdit,
  imageUseVersion,
} from './image-edit.ts';
import {
  imageBeginPublish,
  imageCancelPublish,
  imageFailPublish,
  imageFinishPublish,
} from './image-publish.ts';
import {
  imageCancelDeploy,
  imageConclude,
  imageDeploy,
  imageExpire,
  imageFetchFailed,
  imageRelease,
  imageRemoveVersion,
} from './image-replicas.ts';
import { nodeConfigure, nodeReach, nodeRegister, nodeRename, nodeVote } from './node.ts';
import { nodeDrain, nodeDrained, nodeRetire, nodeUndrain } from './node-drain.ts';
import { notificationRead, operationExpire } from './operation.ts';
import { requestCancel } from './request.ts';
import { reservationAdd, reservationRemove, reservationWarn } from './reservation.ts';
import { reservationBegin, reservationEnd } from './reservation-run.ts';
import { sessionClose, sessionOpen, sessionRefused } from './session.ts';
import { usageBook, userDeclineShare } from './sharing.ts';
import { sizeRemove, sizeSet } from './size.ts';
import { nodeAdmit, tokenCreate, tokenRevoke } from './token.ts';
import { userAdd, userRemove, userSetPassword, userUpdate } from './user.ts';
import { vmReboot, vmRemove, vmRename, vmRenew, vmStart, vmStop, vmSuspend } from './vm-control.ts';
import { vmCreate } from './vm-create.ts';
import { vmHold, vmRelease, vmWarnPreempt } from './vm-hold.ts';
import { vmReclaim, vmTouch, vmWarnLease } from './vm-lease.ts';
import { vmObserve } from './vm-observe.ts';
import { vmExpireLease, vmPlace, vmPlaceMany } from './vm-place.ts';
import {
  vmDropRecovered,
  vmOpenRecovered,
  vmRecover,
  vmRecovered,
  vmSave,
  vmSaved,
  vmSaveFailed,
  vmStrayGone,
} from './vm-work.ts';

export const commandDefinitions = {
  'cloud.create': cloudCreate,
  'cloud.authority': cloudAuthority,
  'cloud.shutdown': cloudShutdown,
  'cloud.startup': cloudStartup,
  'cloud.powered_off': cloudPoweredOff,
  'cloud.recovered': cloudRecovered,
  'setting.set': settingSet,
  'token.create': tokenCreate,
  'token.revoke': tokenRevoke,
  'node.admit': nodeAdmit,
  'node.register': nodeRegister,
  'node.rename': nodeRename,
  'node.configure': nodeConfigure,
  'node.reach': nodeReach,
  'node.vote': nodeVote,
  'node.drain': nodeDrain,
  'node.undrain': nodeUndrain,
  'node.drained': nodeDrained,
  'node.retire': nodeRetire,
  'user.add': userAdd,
  'user.update': userUpdate,
  'user.set_password': userSetPassword,
  'user.remove': userRemove,
  'session.open': sessionOpen,
  'session.close': sessionClose,
  'session.refused': sessionRefused,
  'course.add': courseAdd,
  'course.update': courseUpdate,
  'course.remove': courseRemove,
  'course.enrol': courseEnrol,
  'course.unenrol': courseUnenrol,
  'course.link': courseLink,
  'course.unlink': courseUnlink,
  'size.set': sizeSet,
  'size.remove': sizeRemove,
  'image.begin_import': imageBeginImport,
  'image.finish_import': imageFinishImport,
  'image.fail_import': imageFailImport,
  'image.cancel_import': imageCancelImport,
  'image.update': imageUpdate,
  'image.remove': imageRemove,
  'image.dropped': imageDropped,
  'image.version_held': imageVersionHeld,
  'image.damaged': imageDamaged,
  'image.repaired': imageRepaired,
  'image.want': imageWant,
  'image.begin_edit': imageBeginEdit,
  'image.renew_edit': imageRenewEdit,
  'image.take_edit': imageTakeEdit,
  'image.abandon_edit': imageAbandonEdit,
  'image.use_version': imageUseVersion,
  'image.begin_publish': imageBeginPublish,
  'image.finish_publish': imageFinishPublish,
  'image.fail_publish': imageFailPublish,
  'image.cancel_publish': imageCancelPublish,
  'image.deploy': imageDeploy,
  'image.cancel_deploy': imageCancelDeploy,
  'image.conclude': imageConclude,
  'image.fetch_failed': imageFetchFailed,
  'image.release': imageRelease,
  'image.remove_version': imageRemoveVersion,
  'image.expire': imageExpire,
  'vm.create': vmCreate,
  'vm.start': vmStart,
  'vm.stop': vmStop,
  'vm.reboot': vmReboot,
  'vm.suspend': vmSuspend,
  'vm.remove': vmRemove,
  'vm.renew': vmRenew,
  'vm.rename': vmRename,
  'vm.place': vmPlace,
  'vm.place_many': vmPlaceMany,
  'vm.hold': vmHold,
  'vm.release': vmRelease,
  'vm.warn_preempt': vmWarnPreempt,
  'vm.warn_lease': vmWarnLease,
  'vm.reclaim': vmReclaim,
  'vm.touch': vmTouch,
  'vm.expire_lease': vmExpireLease,
  'vm.observe': vmObserve,
  'vm.save': vmSave,
  'vm.saved': vmSaved,
  'vm.save_failed': vmSaveFailed,
  'vm.recover': vmRecover,
  'vm.recovered': vmRecovered,
  'vm.stray_gone': vmStrayGone,
  'vm.drop_recovered': vmDropRecovered,
  'vm.open_recovered': vmOpenRecovered,
  'request.cancel': requestCancel,
  'reservation.add': reservationAdd,
  'reservation.remove': reservationRemove,
  'reservation.begin': reservationBegin,
  'reservation.end': reservationEnd,
  'reservation.warn': reservationWarn,
  'usage.book': usageBook,
  'user.decline_share': userDeclineShare,
  'operation.expire': operationExpire,
  'notification.read': notificationRead,
} as const;

export type CommandType = keyof typeof commandDefinitions;

/** The payload that a command takes at the door. */
export type Payload<T extends CommandType> = z.output<(typeof commandDefinitions)[T]['payload']>;

export function isCommandType(type: string): type is CommandType {
  return Object.hasOwn(commandDefinitions, type);
}
