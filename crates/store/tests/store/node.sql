create table if not exists validated_blocks (
  id integer primary key autoincrement, block_number integer not null, block_hash text,
  timestamp integer not null, chain text default 'Prime', reward real default 0, tx_hash text,
  created_at datetime default current_timestamp, unique(block_number, chain));
create table if not exists mining_stats (
  id integer primary key autoincrement, timestamp integer not null, hash_rate real default 0,
  accepted_shares integer default 0, rejected_shares integer default 0,
  power_usage real default 0, temperature real default 0, fan_speed integer default 0,
  gpu_id integer default 0, created_at datetime default current_timestamp);
create table if not exists users (
  id integer primary key autoincrement, username text unique not null,
  password_hash text not null, api_key text unique, role text default 'user',
  created_at datetime default current_timestamp, last_login datetime);
create table if not exists config (
  key text primary key, value text not null, updated_at datetime default current_timestamp);
create table if not exists notifications (
  id integer primary key autoincrement, user_id integer, type text not null,
  title text not null, message text not null, read boolean default 0,
  created_at datetime default current_timestamp, foreign key (user_id) references users(id));
create table if not exists alert_rules (
  id text primary key, name text not null, type text not null, condition text not null,
  enabled boolean default 1, channels text not null, cooldown integer default 300,
  created_at datetime default current_timestamp, updated_at datetime default current_timestamp);
create table if not exists alert_history (
  id integer primary key autoincrement, rule_id text not null, rule_name text not null,
  type text not null, message text not null, channels text not null, timestamp integer not null,
  created_at datetime default current_timestamp,
  foreign key (rule_id) references alert_rules(id));
create table if not exists alert_config (
  key text primary key, value text not null, updated_at datetime default current_timestamp);
create index if not exists idx_blocks_number on validated_blocks(block_number);
create index if not exists idx_blocks_timestamp on validated_blocks(timestamp);
create index if not exists idx_blocks_chain on validated_blocks(chain);
create index if not exists idx_stats_timestamp on mining_stats(timestamp);
create index if not exists idx_stats_gpu on mining_stats(gpu_id);
create index if not exists idx_users_username on users(username);
create index if not exists idx_users_api_key on users(api_key);
create index if not exists idx_notifications_user on notifications(user_id);
create index if not exists idx_notifications_read on notifications(read);
create index if not exists idx_alert_rules_enabled on alert_rules(enabled);
create index if not exists idx_alert_history_rule on alert_history(rule_id);
create index if not exists idx_alert_history_timestamp on alert_history(timestamp);
