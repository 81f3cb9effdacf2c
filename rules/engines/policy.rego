# An image as it would be pulled: with its domain, Docker Hub's under one name, and `library/` written out.
is_domain(first) if contains(first, ".")

is_domain(first) if contains(first, ":")

is_domain("localhost")

domain_of(image) := first if {
	contains(image, "/")
	first := split(image, "/")[0]
	is_domain(first)
}

full(image) := concat("", [lower(trim_suffix(domain_of(image), ":443")), substring(image, count(domain_of(image)), -1)])

full(image) := concat("", ["docker.io/", image]) if not domain_of(image)

canonical(image) := regex.replace(hub, `^docker\.io/([^/]+)$`, "docker.io/library/$1") if {
	hub := regex.replace(full(image), {hub}, "docker.io/")
}

# The images of whatever holds a pod: containers of all three kinds, and volumes that are images.
images contains image if {
	some path, value
	walk({object}, [path, value])
	path[count(path) - 1] in {"containers", "initContainers", "ephemeralContainers"}
	image := value[_].image
}

images contains image if {
	some path, value
	walk({object}, [path, value])
	path[count(path) - 1] == "volumes"
	image := value[_].image.reference
}

is_excepted(move, name) if {
	some pattern in move.except
	regex.match(pattern, name)
}

# The first that covers an image decides.
deciding(name) := [move |
	some move in moves
	regex.match(move.covers, name)
	not is_excepted(move, name)
][0]

is_allowed(name) if count(allow) == 0

is_allowed(name) if {
	some pattern in allow
	regex.match(pattern, name)
}

found contains msg if {
	some image in images
	move := deciding(canonical(image))
	move.to != ""
	msg := sprintf("`%s` has to move to `%s` (mapping `%s`)", [image, move.to, move.id])
}

found contains msg if {
	some image in images
	not deciding(canonical(image))
	some entry in denied
	regex.match(entry.covers, canonical(image))
	msg := sprintf("`%s` comes from a registry that is denied: %s", [image, entry.name])
}

found contains msg if {
	some image in images
	not deciding(canonical(image))
	not is_allowed(canonical(image))
	msg := sprintf("`%s` comes from a registry that is not allowed", [image])
}
