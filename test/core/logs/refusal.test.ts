import { expect, it } from 'vitest'
import { refusalOf } from '../../../src/core/logs/refusal.ts'
import { line } from './read.ts'

it.each([
  ['', 'The file is empty: take one that the server has written to.'],
  ['\n \n', 'The file is empty: take one that the server has written to.'],
  ['\u007fELF\0\0\u0001\u0002', 'It is a binary file, not a text.'],
  [
    '2026-11-21 10:00:00.123 UTC [7] LOG C-0x55d1: shop/ann@10.0.0.1:5 login attempt: db=shop user=ann\n',
    'It is a log of pgBouncer, not a log of PostgreSQL.',
  ],
  [
    '2026-11-21 10:00:00.123 UTC [7] LOG kernel file descriptor limit: 1024 (hard: 1048576)\n',
    'It is a log of pgBouncer, not a log of PostgreSQL.',
  ],
  [
    '2018-05-08 11:31:29.148 12345 LOG C-0x55d1: shop/ann@10.0.0.1:5 login attempt: db=shop user=ann\n',
    'It is a log of pgBouncer, not a log of PostgreSQL.',
  ],
  [
    '2018-05-08 11:31:29.148 12345 LOG File descriptor limit: 1024 (H:1048576)\n',
    'It is a log of pgBouncer, not a log of PostgreSQL.',
  ],
  [
    '2026-11-21T10:00:00.123456789Z stderr F 2026-11-21 10:00:00.123 UTC [7] LOG:  statement: select 1\n',
    'It is a container’s log as Kubernetes keeps it, not a log of PostgreSQL: kubectl logs prints what is in it.',
  ],
  [
    'db-1  | 2026-11-21 10:00:00.123 UTC [7] LOG:  statement: select 1\n',
    'It is what docker compose logs prints, not a log of PostgreSQL: with --no-log-prefix, and of the server’s container alone, it can be read.',
  ],
  [
    '\u001b[36mdb-1  | \u001b[0m2026-11-21 10:00:00.123 UTC [7] LOG:  starting\n',
    'It is what docker compose logs prints, not a log of PostgreSQL: with --no-log-prefix, and of the server’s container alone, it can be read.',
  ],
  [
    'web-1  | GET / 200\ndb-1   | 2026-11-21 10:00:00.123 UTC [7] LOG:  starting\n',
    'It is what docker compose logs prints, not a log of PostgreSQL: with --no-log-prefix, and of the server’s container alone, it can be read.',
  ],
  [
    'db  | 2026-11-21T10:00:00.123456789Z 2026-11-21 10:00:00.123 UTC [7] LOG:  starting\n',
    'It is what docker compose logs prints, not a log of PostgreSQL: with --no-log-prefix, and of the server’s container alone, it can be read.',
  ],
  [
    '2026-11-21 10:00:00: pid 7: LOG:  Backend status file discarded\n',
    'It is a log of Pgpool-II, not a log of PostgreSQL.',
  ],
  [
    '2026-11-21 10:00:00.123: main pid 7: LOG:  pgpool-II successfully started\n',
    'It is a log of Pgpool-II, not a log of PostgreSQL.',
  ],
  [
    '2026-11-21T10:00:00.123456Z 0 [System] [MY-010116] [Server] mysqld starting\n',
    'It is a log of MySQL or MariaDB, not a log of PostgreSQL.',
  ],
  ['2026/11/21 10:00:00 [error] 31#31: *1 open() "/x" failed\n', 'It is a log of nginx, not a log of PostgreSQL.'],
  [
    '127.0.0.1 - - [21/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5\n',
    'It is a log of a web server’s requests, as Apache and nginx write it, not a log of PostgreSQL.',
  ],
  [
    '[Sat Nov 21 10:00:00.123456 2026] [core:error] [pid 7] AH00126: Invalid URI\n',
    'It is a log of Apache’s errors, not a log of PostgreSQL.',
  ],
  [
    '__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1795255200000000\nMESSAGE=LOG:  x\n',
    'It is an export of systemd’s journal, not a log of PostgreSQL: journalctl -o short-iso writes it as syslog does, which can be read.',
  ],
  [
    '{"__CURSOR":"s=1","__REALTIME_TIMESTAMP":"1","MESSAGE":"LOG:  x"}\n',
    'It is an export of systemd’s journal, not a log of PostgreSQL: journalctl -o short-iso writes it as syslog does, which can be read.',
  ],
  ['{"t":{"$date":"2026-11-21T10:00:00"},"s":"I"}\n', 'It is a log of MongoDB, not a log of PostgreSQL.'],
  ['--\n-- PostgreSQL database dump\n--\n', 'It is a dump of a database, not a log of PostgreSQL.'],
  ['<!DOCTYPE html>\n<html>\n', 'It is a report of pgBadger, not a log of PostgreSQL.'],
  [
    'Dear diary,\nnothing happened.\n',
    'It is no log of PostgreSQL: no line of its beginning has a severity, such as LOG or ERROR.',
  ],
])('refuses %j in one sentence', (text, sentence) => {
  expect(refusalOf(text)).toBe(sentence)
})

it.each([
  line("LOG:  statement: select '\u0000\u001b'"),
  line('LOG:  statement: select 1').replace(/^/, '\ufeff'),
  line("LOG:  statement: select '127.0.0.1 - - [21/Nov/2026:10:00:00 +0000] \"GET'"),
  line('ERREUR:  division par zéro'),
  `\tin the middle\n\tof a message\n${line('LOG:  statement: select 1')}`,
])('does not refuse %j', (text) => {
  expect(refusalOf(text)).toBeNull()
})
