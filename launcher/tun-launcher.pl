#!/usr/bin/perl
# Runs a Node program on a TUN device without any native code in it: opens the device (with offloads as far as the driver has them),
# configures the kernel's side, gives up its rights if asked to, and starts the program, which takes the device with
# openInheritedTun() of woshou/node. While it runs this process sleeps in select(2) for it and says when there is something to read.
#
#   sudo perl tun-launcher.pl [--name ws0] [--mtu 1500] [--address 10.9.0.1/24]... [--user USER] [--plain] -- node app.js
#
# Needs what every Perl has, and iproute2. The numbers are those of Linux on every architecture but MIPS and POWER.
use strict;
use warnings;
use Fcntl qw(O_RDWR O_NONBLOCK);

my ($name, $mtu, $user, $plain, @addresses) = ('woshou%d', 1500, undef, 0);
while (@ARGV) {
  my $word = shift @ARGV;
  last if $word eq '--';
  if ($word eq '--plain') { $plain = 1; next; }
  my $value = shift @ARGV;
  die "tun-launcher: $word needs a value\n" unless defined $value;
  if    ($word eq '--name')    { $name = $value; }
  elsif ($word eq '--mtu')     { $mtu = $value; }
  elsif ($word eq '--address') { push @addresses, $value; }
  elsif ($word eq '--user')    { $user = $value; }
  else { die "tun-launcher: $word is not known; see the head of the script\n"; }
}
die "tun-launcher: no program; write -- node app.js at the end\n" unless @ARGV;
die "tun-launcher: --mtu takes 576 to 65535\n" unless $mtu =~ /^\d{3,5}$/ && $mtu >= 576 && $mtu <= 65535;

my ($TUNSETIFF, $TUNSETOFFLOAD, $TUNSETVNETHDRSZ) = (0x400454ca, 0x400454d0, 0x400454d8);
my ($IFF_TUN, $IFF_NO_PI, $IFF_VNET_HDR) = (0x1, 0x1000, 0x4000);

# Descriptors up to this number are inherited.
$^F = 255;
sysopen(my $tun, '/dev/net/tun', O_RDWR | O_NONBLOCK) or die "tun-launcher: /dev/net/tun: $!\n";
my ($header, $checksum, $tso, $uso) = (0, 0, 0, 0);
my $request = pack('a16 S x22', $name, $IFF_TUN | $IFF_NO_PI | ($plain ? 0 : $IFF_VNET_HDR));
ioctl($tun, $TUNSETIFF, $request) or die "tun-launcher: interface $name: $!\n";
($name) = unpack('Z16', $request);
if (!$plain) {
  my $length = pack('i', 12);
  ioctl($tun, $TUNSETVNETHDRSZ, $length) or die "tun-launcher: no offload header of 12 bytes: $!; try --plain\n";
  $header = 12;
  # Checksums, TCP over both families with ECN, UDP; older kernels without the last.
  if    (ioctl($tun, $TUNSETOFFLOAD, 0x6f)) { ($checksum, $tso, $uso) = (1, 1, 1); }
  elsif (ioctl($tun, $TUNSETOFFLOAD, 0x0f)) { ($checksum, $tso) = (1, 1); }
  elsif (ioctl($tun, $TUNSETOFFLOAD, 0x01)) { $checksum = 1; }
}
for my $address (@addresses) {
  run('ip', 'address', 'add', $address, 'dev', $name, $address =~ /:/ ? ('nodad') : ());
}
run('ip', 'link', 'set', 'dev', $name, 'mtu', $mtu, 'up');
# Of an IPv6 address the kernel's routing learns a little later: a packet in between would find nobody.
for my $host (map { m{^([0-9a-fA-F.]*:[0-9a-fA-F:.]*)/} } @addresses) {
  for (1 .. 150) {
    last if qx{ip -6 route get $host 2>/dev/null} =~ /^local /;
    select(undef, undef, undef, 0.005);
  }
}

pipe(my $readyRead, my $readyWrite) or die "tun-launcher: $!\n";
pipe(my $armRead, my $armWrite) or die "tun-launcher: $!\n";
my $child = fork();
die "tun-launcher: $!\n" unless defined $child;
if ($child == 0) {
  close($readyWrite);
  close($armRead);
  give_up_rights($user) if defined $user;
  my $bool = sub { $_[0] ? 'true' : 'false' };
  $ENV{WOSHOU_TUN} = sprintf('{"fd":%d,"ready":%d,"arm":%d,"name":"%s","mtu":%d,"headerLength":%d,"checksum":%s,"tso":%s,"uso":%s}',
    fileno($tun), fileno($readyRead), fileno($armWrite), $name, $mtu, $header, $bool->($checksum), $bool->($tso), $bool->($uso));
  exec(@ARGV) or die "tun-launcher: $ARGV[0]: $!\n";
}
close($readyRead);
close($armWrite);
# Signals of the terminal reach the program too; it decides. Others are handed on.
$SIG{INT} = $SIG{QUIT} = $SIG{PIPE} = 'IGNORE';
$SIG{TERM} = $SIG{HUP} = sub { kill 'TERM', $child; };
my $byte;
while (1) {
  my $count = sysread($armRead, $byte, 1);
  next if !defined $count && $!{EINTR};
  last unless $count;
  my $descriptors = '';
  vec($descriptors, fileno($tun), 1) = 1;
  # Or the program has ended.
  vec($descriptors, fileno($armRead), 1) = 1;
  while (select(my $ready = $descriptors, undef, undef, undef) < 0) { last unless $!{EINTR}; }
  last unless syswrite($readyWrite, 'r');
}
close($tun);
close($readyWrite);
waitpid($child, 0);
exit($? & 127 ? 128 + ($? & 127) : $? >> 8);

sub run {
  system(@_) == 0 or die "tun-launcher: `@_` failed\n";
}

sub give_up_rights {
  my (undef, undef, $uid, $gid) = getpwnam($_[0]) or die "tun-launcher: there is no user $_[0]\n";
  $( = $gid;
  $) = "$gid $gid";
  $< = $> = $uid;
  die "tun-launcher: could not become $_[0]\n" if $> != $uid || $< != $uid;
}
